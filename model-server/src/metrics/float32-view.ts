import type { Feature } from '../model/features';
import type { TensorValues } from '../tensors/datatype';

/** The values of one input as float32, whatever its datatype. Keeps one buffer, sized for the largest batch so far. */
export class Float32View {
  private buffer = new Float32Array(0);
  /** Per column, the index of each category. */
  private readonly positions: readonly ReadonlyMap<string, number>[];

  constructor(features: readonly Feature[]) {
    this.positions = features.map(
      (feature) =>
        new Map(
          feature.type === 'category' ? feature.categories.map((category, index) => [category, index]) : [],
        ),
    );
  }

  /**
   * @returns The values themselves if they are float32; else the nearest float32 of each, and for a text the index of
   *   its category (NaN if none). Valid until the next call.
   */
  of(values: TensorValues): Float32Array {
    if (values instanceof Float32Array) return values;
    if (this.buffer.length < values.length) this.buffer = new Float32Array(values.length);
    const { buffer } = this;
    if (Array.isArray(values)) this.placeTexts(values);
    else if (values instanceof BigInt64Array || values instanceof BigUint64Array)
      for (let i = 0; i < values.length; i++) buffer[i] = Number(values[i]);
    else buffer.set(values);
    return buffer;
  }

  private placeTexts(texts: readonly string[]): void {
    const { buffer, positions } = this;
    for (let i = 0; i < texts.length; i++)
      buffer[i] = positions[i % positions.length]?.get(texts[i] ?? '') ?? NaN;
  }
}
