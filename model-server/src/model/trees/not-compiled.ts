/** Why a graph is left to ONNX Runtime. */
export type NotCompiledReason =
  /** The signature, the operators or how they are connected are not those of one tree ensemble with one score. */
  | 'graph-unsupported'
  /** The ensemble uses a feature of the operator that the compiler does not know. */
  | 'ensemble-unsupported'
  /** The attributes contradict each other, or the nodes do not form trees. */
  | 'ensemble-malformed'
  /** Larger than what the layout of the nodes, or the time to load, allows. */
  | 'ensemble-too-large'
  /** The compiled scores differ from those of ONNX Runtime. */
  | 'parity-failed';

/** An explanation in place of a compiled model; never an error that stops a start. */
export interface NotCompiled {
  readonly reason: NotCompiledReason;
  /** What was found, for the log. */
  readonly detail: string;
}

/** Unwinds the reading of a graph; {@link NotCompiled} is what callers see. */
export class NotCompilable extends Error implements NotCompiled {
  constructor(
    readonly reason: NotCompiledReason,
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`);
    this.name = 'NotCompilable';
  }
}
