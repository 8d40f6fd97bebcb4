import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const CHECK_MILLISECONDS = 50;

/** What may be allocated after a collection until the next one. */
const GARBAGE_BYTES = 16 * 2 ** 20;

/** What {@link BufferGarbage} needs of Node. */
export interface Buffers {
  /** Bytes of all buffers, garbage included. */
  bytes(): number;
  /** Frees those that nothing refers to. */
  collect(): void;
}

/**
 * Frees the buffers of requests in time. They are outside of V8's heap, which may be as large as the pod: V8 begins to
 * collect when 64 MiB of them have come, and goes on allocating meanwhile. A smaller heap would make it begin sooner, but
 * with any flag of V8's, Node compiles its own modules at each start, 40 ms.
 */
export class BufferGarbage {
  private kept: number;

  constructor(private readonly buffers: Buffers) {
    this.kept = buffers.bytes();
  }

  /** Collects if buffers have grown by 16 MiB since the last time; those in use do not make it collect again. */
  check(): void {
    const bytes = this.buffers.bytes();
    if (bytes - this.kept < GARBAGE_BYTES) {
      // V8 frees on a thread of its own: what the last collection left is known only a little later.
      this.kept = Math.min(this.kept, bytes);
      return;
    }
    this.buffers.collect();
    this.kept = this.buffers.bytes();
  }
}

/** Checks twenty times a second, for as long as the process lives. */
export function collectBufferGarbage(): void {
  const garbage = new BufferGarbage({
    bytes: () => process.memoryUsage().arrayBuffers,
    collect: collector(),
  });
  setInterval(() => {
    garbage.check();
  }, CHECK_MILLISECONDS).unref();
}

/** V8's own collector, which contexts have that are made while `--expose-gc` is set; made when first needed. */
function collector(): () => void {
  let collect: (() => void) | undefined;
  return () => {
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as () => void;
      setFlagsFromString('--no-expose-gc');
    }
    collect();
  };
}
