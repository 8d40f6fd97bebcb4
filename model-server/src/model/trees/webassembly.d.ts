/** What the kernel uses of Node's WebAssembly, whose types TypeScript knows only as part of a browser's. */
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
