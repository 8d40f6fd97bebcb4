/** Why a graph is left to ONNX Runtime. */
export type NotCompiledReason =
  /** Signature, operators or their connections are not those of one tree ensemble with one score. */
  | 'graph-unsupported'
  /** The ensemble uses a feature of the operator that the compiler does not know. */
  | 'ensemble-unsupported'
  /** The attributes contradict each other, or the nodes do not form trees. */
  | 'ensemble-malformed'
  /** Too large for the node layout or for the time to load. */
  | 'ensemble-too-large'
  /** The compiled scores differ from those of ONNX Runtime. */
  | 'parity-failed';

/** Why there is no compiled model; never stops the server from starting. */
export interface NotCompiled {
  readonly reason: NotCompiledReason;
  /** What was found, for the log. */
  readonly detail: string;
}

/** Thrown while reading a graph; callers see {@link NotCompiled}. */
export class NotCompilable extends Error implements NotCompiled {
  constructor(
    readonly reason: NotCompiledReason,
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
    this.name = 'NotCompilable';
  }
}
