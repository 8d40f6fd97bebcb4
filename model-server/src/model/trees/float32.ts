const FLOAT = new Float32Array(1);
const BITS = new Int32Array(FLOAT.buffer);

/** The next float32, so that x > value is x ≥ nextUp(value); NaN after infinity. */
export function nextUp(value: number): number {
  if (value === Infinity) return NaN;
  // -0 and 0 differ in bits.
  FLOAT[0] = value === 0 ? 0 : value;
  BITS[0]! += value < 0 ? -1 : 1;
  return FLOAT[0];
}
