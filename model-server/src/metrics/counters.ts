import type { Sample, Source } from './source';

/** A counter. */
export class Counter implements Source {
  readonly type = 'counter';
  private value = 0;

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  inc(amount = 1): void {
    this.value += amount;
  }

  samples(): Sample[] {
    return [{ value: this.value }];
  }
}

/** A gauge. */
export class Gauge implements Source {
  readonly type = 'gauge';
  private value = 0;

  constructor(
    readonly name: string,
    readonly help: string,
  ) {}

  inc(amount = 1): void {
    this.value += amount;
  }

  dec(amount = 1): void {
    this.value -= amount;
  }

  set(value: number): void {
    this.value = value;
  }

  samples(): Sample[] {
    return [{ value: this.value }];
  }
}

/** A counter with one label of few values. */
export class CounterBy<Value extends string> implements Source {
  readonly type = 'counter';
  private readonly counts = new Map<Value, number>();

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly label: string,
  ) {}

  inc(value: Value, amount = 1): void {
    this.counts.set(value, (this.counts.get(value) ?? 0) + amount);
  }

  samples(): Sample[] {
    return Array.from(this.counts, ([text, value]) => ({ labels: { [this.label]: text }, value }));
  }
}

/** An info gauge of value 1 whose label is a fact; omitted until the fact is known. */
export class Info<Value extends string> implements Source {
  readonly type = 'gauge';
  private fact: Value | undefined;

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly label: string,
  ) {}

  set(fact: Value): void {
    this.fact = fact;
  }

  samples(): Sample[] {
    return this.fact === undefined ? [] : [{ labels: { [this.label]: this.fact }, value: 1 }];
  }
}
