/** The toolchain's interface: hides where tools and images come from. */
export { CHROMIUM, ensureBrowser } from './browser';
export { containerPlatform } from './platform';
export { ignoredTerraform } from './terraform';
export { purgeEngine } from './engine-clean';
export { PreparationError } from './errors';
export { imageFiles, imageReference, nameInRegistry, platformImages } from './images';
export { kindNodePatches, nodeImage, registryHostsToml } from './kind-node';
export { nodeProgram, nodeVersion } from './node-runtime';
export type { PreparationOptions } from './preparation';
export { preparationSteps, preparationTasks, runTasks } from './preparation-steps';
export { resolveSource } from './probe';
export { OciRegistry } from './oci-registry';
export type { ImageSource } from './source';
export { cacheFolder } from './store';
export { versionsSetting } from './upstream/overrides';
export {
  crane,
  helmUnittest,
  nginxRoot,
  prometheus,
  promtool,
  providerMirror,
  providerVersions,
  terraformTool,
  tools,
} from './tools';
