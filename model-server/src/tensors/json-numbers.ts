const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const LETTER_E = 0x65;
const LETTER_N = 0x6e;
const UPPER_TO_LOWER = 0x20;

/** Up to here mantissa and power of ten are exact doubles, so that one operation rounds correctly (Clinger, 1990). */
const EXACT_MANTISSA = 2 ** 53;
const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * Reads a JSON array of numbers and nulls from its bytes, without a JavaScript value for each. Flat, or nested with one
 * array per row. Numbers are exactly those of `JSON.parse`; null is NaN.
 */
export class JsonNumbers {
  private row = 0;
  private column = 0;
  private started = false;
  private broken = false;

  /**
   * @param position Position of the array's opening bracket.
   * @param columns Values per row, also in nested arrays.
   */
  constructor(
    private readonly bytes: Buffer,
    private position: number,
    private readonly columns: number,
    private readonly nested: boolean,
  ) {}

  /**
   * Reads whole rows.
   *
   * @returns false as soon as the bytes are unexpected; nothing more can be read then.
   */
  read(into: Float64Array, rows: number): boolean {
    if (this.broken) return false;
    if (!this.started) {
      this.started = true;
      this.position++;
    }
    let filled = 0;
    for (const end = this.row + rows; this.row < end; this.row++) {
      if (this.row > 0 && !this.take(COMMA)) return this.fail();
      if (this.nested && !this.take(OPEN)) return this.fail();
      for (this.column = 0; this.column < this.columns; this.column++) {
        if (this.column > 0 && !this.take(COMMA)) return this.fail();
        this.skipSpace();
        if (!this.number(into, filled++)) return this.fail();
      }
      if (this.nested && !this.take(CLOSE)) return this.fail();
    }
    return true;
  }

  /** Position after the closing bracket; -1 if something else follows the rows read. */
  end(): number {
    return !this.broken && this.take(CLOSE) ? this.position : -1;
  }

  private fail(): false {
    this.broken = true;
    return false;
  }

  private take(byte: number): boolean {
    this.skipSpace();
    if (this.bytes[this.position] !== byte) return false;
    this.position++;
    return true;
  }

  private skipSpace(): void {
    this.position = skipSpace(this.bytes, this.position);
  }

  private number(into: Float64Array, index: number): boolean {
    const { bytes } = this;
    const start = this.position;
    let at = start;
    let byte = bytes[at]!;
    if (byte === LETTER_N) {
      if (bytes[at + 1] !== 0x75 || bytes[at + 2] !== 0x6c || bytes[at + 3] !== 0x6c) return false;
      into[index] = NaN;
      this.position = at + 4;
      return true;
    }
    const negative = byte === MINUS;
    if (negative) byte = bytes[++at]!;
    let mantissa = 0;
    let exponent = 0;
    const first = at;
    while (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO);
      byte = bytes[++at]!;
    }
    // JSON requires a digit and forbids leading zeros.
    if (at === first || (bytes[first] === ZERO && at > first + 1)) return false;
    if (byte === POINT) {
      const point = at;
      byte = bytes[++at]!;
      while (byte >= ZERO && byte <= NINE) {
        mantissa = mantissa * 10 + (byte - ZERO);
        byte = bytes[++at]!;
      }
      exponent = point + 1 - at;
      if (exponent === 0) return false;
    }
    if ((byte | UPPER_TO_LOWER) === LETTER_E) {
      byte = bytes[++at]!;
      const down = byte === MINUS;
      if (down || byte === PLUS) byte = bytes[++at]!;
      const digits = at;
      let written = 0;
      while (byte >= ZERO && byte <= NINE) {
        written = written * 10 + (byte - ZERO);
        byte = bytes[++at]!;
      }
      if (at === digits) return false;
      exponent += down ? -written : written;
    }
    this.position = at;
    let value: number;
    if (mantissa < EXACT_MANTISSA && exponent >= -22 && exponent <= 22)
      value = exponent < 0 ? mantissa / EXACT_POWERS[-exponent]! : mantissa * EXACT_POWERS[exponent]!;
    else return this.exactly(into, index, start);
    into[index] = negative ? -value : value;
    return true;
  }

  private exactly(into: Float64Array, index: number, start: number): boolean {
    into[index] = Number(this.bytes.toString('latin1', start, this.position));
    return true;
  }
}

/** Position of a `"data"` array of numbers in a JSON text. */
export interface DataArray {
  /** Of the opening bracket. */
  readonly start: number;
  /** After the closing bracket. */
  readonly end: number;
  readonly nested: boolean;
}

const KEY = Buffer.from('"data"');

/**
 * Finds the only `"data"` array of a JSON text if it seems to hold numbers. Looks at brackets only; {@link JsonNumbers}
 * checks what is between them.
 */
export function findDataArray(bytes: Buffer): DataArray | undefined {
  const key = bytes.indexOf(KEY);
  if (key === -1) return undefined;
  let at = skipSpace(bytes, key + KEY.length);
  if (bytes[at] !== 0x3a) return undefined;
  const start = skipSpace(bytes, at + 1);
  if (bytes[start] !== OPEN) return undefined;
  const nested = bytes[skipSpace(bytes, start + 1)] === OPEN;
  at = bytes.indexOf(CLOSE, start);
  if (nested) {
    // The outer array ends at the first two consecutive closing brackets.
    for (;;) {
      if (at === -1) return undefined;
      const next = skipSpace(bytes, at + 1);
      if (bytes[next] === CLOSE) {
        at = next;
        break;
      }
      at = bytes.indexOf(CLOSE, next);
    }
  }
  if (at === -1 || bytes.indexOf(KEY, at) !== -1) return undefined;
  const text = bytes.indexOf(QUOTE, start);
  return text !== -1 && text < at ? undefined : { start, end: at + 1, nested };
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}
