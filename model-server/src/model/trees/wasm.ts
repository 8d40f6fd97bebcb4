/** Instructions in order. Nesting has no meaning beyond composing pieces. */
export type Code = number | readonly Code[];

/** A variable of the function under assembly. */
export interface Local {
  readonly get: Code;
  readonly set: (value: Code) => Code;
}

type ValueType = 'i32' | 'f32';

const VALUE_TYPES = { i32: 0x7f, f32: 0x7d } as const;
const NO_RESULT = 0x40;
const END = 0x0b;

/** Operators take code that leaves their operands on the stack, and leave their result there. */
export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  add: (a: Code, b: Code): Code => [a, b, 0x6a],
  or: (a: Code, b: Code): Code => [a, b, 0x72],
  shiftLeft: (a: Code, bits: number): Code => [a, i32.const(bits), 0x74],
  lessThan: (a: Code, b: Code): Code => [a, b, 0x49],
  /** @param offset Bytes added to the address, at no cost. */
  load: (address: Code, offset = 0): Code => [address, 0x28, 2, unsigned(offset)],
  load16: (address: Code, offset = 0): Code => [address, 0x2f, 1, unsigned(offset)],
};

export const f32 = {
  const: (value: number): Code => [0x43, ...new Uint8Array(new Float32Array([value]).buffer)],
  add: (a: Code, b: Code): Code => [a, b, 0x92],
  /** 1 if a ≥ b, else 0, also for NaN. */
  greaterOrEqual: (a: Code, b: Code): Code => [a, b, 0x60],
  load: (address: Code, offset = 0): Code => [address, 0x2a, 2, unsigned(offset)],
};

/** Runs `body` once, then for as long as `again` is not 0. */
export function repeat(body: Code, again: Code): Code {
  return [0x03, NO_RESULT, body, again, 0x0d, 0, END];
}

/** The variables of a function without parameters. */
export class Locals {
  private readonly types: ValueType[] = [];

  add(type: ValueType): Local {
    const index = unsigned(this.types.push(type) - 1);
    return { get: [0x20, index], set: (value) => [value, 0x21, index] };
  }

  encode(): Code {
    return vector(this.types.map((type): Code => [1, VALUE_TYPES[type]]));
  }
}

/**
 * A module with one function over the imported memory `env.memory`.
 *
 * @param body Leaves an f32 on the stack.
 */
export function moduleBytes(name: string, locals: Locals, body: Code): Uint8Array<ArrayBuffer> {
  const memory = [text('env'), text('memory'), 2, 0, 1];
  const type = [0x60, vector([]), vector([VALUE_TYPES.f32])];
  return Uint8Array.from(
    flat([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, type),
      section(2, memory),
      section(3, 0),
      section(7, [text(name), 0, 0]),
      section(10, sized([locals.encode(), body, END])),
    ]),
  );
}

/** A section with one entry. */
function section(id: number, entry: Code): Code {
  return [id, sized(vector([entry]))];
}

function sized(code: Code): Code {
  const bytes = flat(code);
  return [unsigned(bytes.length), bytes];
}

function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

function text(value: string): Code {
  return vector([...Buffer.from(value)]);
}

function flat(code: Code): number[] {
  return typeof code === 'number' ? [code] : code.flatMap(flat);
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, signed(value >> 7)];
}
