/** Bytes, or other units, that a suffix of a Kubernetes quantity stands for. */
const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number that a Kubernetes quantity stands for: bytes of memory, cores of CPU.
 * Source: Kubernetes API reference, "Quantity".
 * @throws RangeError for what is no quantity
 */
export function scalar(quantity: string): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/.exec(quantity);
  if (!match)
    throw new RangeError(`not a Kubernetes quantity: "${quantity}"; expected e.g. 512Mi, 2Gi or 1.5G`);
  const [, number = '', suffix = '', exponent = '0'] = match;
  return Number(`${number}e${exponent}`) * (FACTORS[suffix] ?? Number.NaN);
}

/** A quantity of memory in MiB, rounded. */
export function mebibytes(quantity: string): number {
  return Math.round(scalar(quantity) / 2 ** 20);
}
