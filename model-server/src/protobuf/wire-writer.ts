import { WIRE } from './wire-reader';

/** Writes one protocol buffer message, field by field. As in proto3, empty values are left out. */
export class WireWriter {
  private readonly parts: Buffer[] = [];

  bool(field: number, value: boolean): this {
    if (value) this.parts.push(Buffer.from([...varint(tag(field, WIRE.varint)), 1]));
    return this;
  }

  integer(field: number, value: number): this {
    if (value !== 0) this.parts.push(Buffer.from([...varint(tag(field, WIRE.varint)), ...varint(value)]));
    return this;
  }

  text(field: number, value: string): this {
    return value === '' ? this : this.bytes(field, Buffer.from(value));
  }

  texts(field: number, values: readonly string[]): this {
    for (const value of values) this.bytes(field, Buffer.from(value));
    return this;
  }

  /** A message, an element of a repeated field, or packed numbers. Written even if empty; not copied. */
  bytes(field: number, value: Buffer): this {
    this.parts.push(Buffer.from([...varint(tag(field, WIRE.bytes)), ...varint(value.byteLength)]), value);
    return this;
  }

  /** A repeated field of integers; negative ones take 64 bits. */
  integers(field: number, values: Iterable<number | bigint>): this {
    const bytes: number[] = [];
    for (const value of values) pushVarint(bytes, value);
    return bytes.length === 0 ? this : this.bytes(field, Buffer.from(bytes));
  }

  finish(): Buffer {
    return Buffer.concat(this.parts);
  }
}

function tag(field: number, wire: number): number {
  return field * 8 + wire;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  pushVarint(bytes, value);
  return bytes;
}

function pushVarint(bytes: number[], value: number | bigint): void {
  if (typeof value === 'number' && value >= 0) {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
}
