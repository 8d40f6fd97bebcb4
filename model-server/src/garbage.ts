import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MIB = 2 ** 20;

/**
 * Bodies and answers. They are outside of V8's heap, which may be as large as the pod: V8 begins to collect when 64 MiB of
 * them have come, and goes on allocating meanwhile.
 */
const BUFFERS = { bytes: 16 * MIB, everyMilliseconds: 50 };

/** What was in use twice when V8 looked at young objects: some bytes a request, of which V8 would let 30 MiB come. */
const OLD_OBJECTS = { bytes: 4 * MIB, everyMilliseconds: 5_000 };

/** A part of the memory. */
export interface Memory {
  /** Bytes of it, garbage included. */
  bytes(): number;
  /** Frees what nothing refers to. */
  collect(): void;
}

/**
 * Keeps garbage within a limit. A smaller heap would make V8 collect sooner, too, but with any flag of V8's, Node compiles
 * its own modules at each start, 40 ms.
 */
export class GarbageLimit {
  private kept: number;

  /** @param limit Bytes by which the memory may grow between two collections. */
  constructor(
    private readonly memory: Memory,
    private readonly limit: number,
  ) {
    this.kept = memory.bytes();
  }

  /** Collects if the memory has grown by the limit since the last time; what is in use does not make it collect again. */
  check(): void {
    const bytes = this.memory.bytes();
    if (bytes - this.kept < this.limit) {
      // V8 frees on a thread of its own: what the last collection left is known only a little later.
      this.kept = Math.min(this.kept, bytes);
      return;
    }
    this.memory.collect();
    this.kept = this.memory.bytes();
  }
}

/** Keeps the garbage of requests small for as long as the process lives. */
export function limitGarbage(): void {
  const collect = collector();
  const limited = (bytes: () => number, limit: typeof BUFFERS): void => {
    const garbage = new GarbageLimit({ bytes, collect }, limit.bytes);
    setInterval(() => {
      garbage.check();
    }, limit.everyMilliseconds).unref();
  };
  limited(() => process.memoryUsage().arrayBuffers, BUFFERS);
  limited(oldObjects, OLD_OBJECTS);
}

function oldObjects(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0;
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
