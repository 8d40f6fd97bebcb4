/** The parts of WebAssembly that the kernel uses; TypeScript has its types only in the DOM library. */
declare namespace WebAssembly {
  interface Memory {
    /** Of `initial` pages of 64 KiB, all zero. */
    readonly buffer: ArrayBuffer;
  }

  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }

  const Memory: new (descriptor: { initial: number }) => Memory;
  const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module;
  const Instance: new (module: Module, imports: Record<string, Record<string, Memory>>) => Instance;
}
