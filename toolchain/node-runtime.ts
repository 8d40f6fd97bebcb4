import { versions } from './packages/versions';

export { nodeProgram } from './packages/node-program';

/** Version of the Node that our own images run on, where they are built from packages. */
export const nodeVersion: string = versions.node.version;
