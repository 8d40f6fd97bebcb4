import type { Recipe } from '../../../toolchain/artifact';

export type PeerId = 'own' | 'before' | 'node_http' | 'fastapi' | 'mlserver' | 'kserve' | 'rust';

/** What a server is started with. */
export interface StartContext {
  /** Folder of the packaged model. */
  readonly model: string;
  /** Free ports of 127.0.0.1: the first serves, the others are for what a server cannot be told to leave out. */
  readonly ports: readonly [number, number, number];
  /** Folder of a finished recipe. */
  readonly artifact: (recipe: Recipe) => string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** One of the servers that are compared. Each answers the Open Inference Protocol v2 and is ready by its word. */
export interface Peer {
  readonly id: PeerId;
  readonly title: string;
  /** Whether it understands the binary tensor extension. */
  readonly binary: boolean;
  /** What must be made before it can start. */
  readonly recipes: readonly Recipe[];
  /** Brings what lies in this repository up to date before the start. */
  readonly prepare?: () => Promise<void>;
  command(context: StartContext): Command;
}
