import { versions } from './packages/versions';

export { nodeProgram } from './packages/node-program';

/** Node version of our images when built from packages. */
export const nodeVersion: string = versions.node.version;
