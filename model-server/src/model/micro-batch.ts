import { DATATYPES } from '../tensors/datatype';
import type { TensorValues } from '../tensors/datatype';
import { placeRows, sliceRows } from '../tensors/rows';
import { columnsOf } from './metadata';
import type { InputSpec, TensorSpec } from './metadata';
import type { Output, Runner } from './runner';

export interface MicroBatchLimits {
  /** Most rows joined into one run. */
  readonly maxRows: number;
  /**
   * Milliseconds that a request waits for others unless the run fills up first; 0 joins what arrived in the same turn
   * of the event loop.
   */
  readonly maxWaitMilliseconds: number;
  /** Called after every run with the number of requests it served and of those still waiting. */
  readonly onRun?: (requests: number, waiting: number) => void;
}

interface Waiting {
  readonly inputs: readonly TensorValues[];
  readonly rows: number;
  readonly outputs: readonly TensorSpec[];
  readonly resolve: (outputs: readonly Output[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Batches the requests of one turn of the event loop: most of the cost of a single row is the call into the native
 * library. A failed batch is rerun request by request, so that a bad row fails alone.
 */
export class MicroBatchRunner implements Runner {
  private waiting: Waiting[] = [];
  private waitingRows = 0;
  private scheduled = false;
  /** Set while waiting. */
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly runner: Runner,
    private readonly inputs: readonly InputSpec[],
    private readonly limits: MicroBatchLimits,
  ) {}

  run(
    inputs: readonly TensorValues[],
    rows: number,
    outputs: readonly TensorSpec[],
  ): Promise<readonly Output[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ inputs, rows, outputs, resolve, reject });
      this.waitingRows += rows;
      if (this.timer !== undefined && this.waitingRows >= this.limits.maxRows) this.flush();
      else if (!this.scheduled) this.schedule();
    });
  }

  private schedule(): void {
    this.scheduled = true;
    const flush = () => {
      this.flush();
    };
    if (this.limits.maxWaitMilliseconds === 0) setImmediate(flush);
    else this.timer = setTimeout(flush, this.limits.maxWaitMilliseconds);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.scheduled = false;
    const all = this.waiting;
    this.waiting = [];
    this.waitingRows = 0;
    for (let from = 0; from < all.length;) {
      const to = this.endOfBatch(all, from);
      this.limits.onRun?.(to - from, all.length - to);
      void this.runTogether(all.slice(from, to));
      from = to;
    }
  }

  /** Only requests for the same outputs share a run. */
  private endOfBatch(all: readonly Waiting[], from: number): number {
    const [first] = all.slice(from, from + 1);
    let rows = first?.rows ?? 0;
    let to = from + 1;
    for (; to < all.length; to++) {
      const next = all[to];
      if (next === undefined || rows + next.rows > this.limits.maxRows) break;
      if (!sameSpecs(next.outputs, first?.outputs ?? [])) break;
      rows += next.rows;
    }
    return to;
  }

  private async runTogether(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) {
      await this.runAlone(first);
      return;
    }
    const rows = batch.reduce((sum, each) => sum + each.rows, 0);
    try {
      const results = await this.runner.run(this.join(batch, rows), rows, first.outputs);
      let row = 0;
      for (const each of batch) {
        const start = row;
        row += each.rows;
        each.resolve(
          results.map(({ spec, values }) => ({
            spec,
            values: copyRows(values, start, row, columnsOf(spec)),
          })),
        );
      }
    } catch {
      for (const each of batch) await this.runAlone(each);
    }
  }

  private async runAlone({ inputs, rows, outputs, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.runner.run(inputs, rows, outputs));
    } catch (error) {
      reject(error);
    }
  }

  private join(batch: readonly Waiting[], rows: number): TensorValues[] {
    return this.inputs.map((spec, index) => {
      const columns = columnsOf(spec);
      const whole = DATATYPES[spec.datatype].allocate(rows * columns);
      let row = 0;
      for (const each of batch) {
        placeRows(whole, each.inputs[index] ?? [], row, columns);
        row += each.rows;
      }
      return whole;
    });
  }
}

/** A copy, so that one answer does not keep the whole run in memory. */
function copyRows(values: TensorValues, from: number, to: number, columns: number): TensorValues {
  return sliceRows(values, from, to, columns).slice();
}

function sameSpecs(one: readonly TensorSpec[], other: readonly TensorSpec[]): boolean {
  return one.length === other.length && one.every((spec, index) => spec === other[index]);
}
