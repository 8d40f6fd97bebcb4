import { HistogramSeries } from './histogram';
import type { Bounds } from './histogram';
import type { Sample, Source } from './source';

/** Index is the first digit of the status code. */
const STATUS_CLASSES = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const OTHER = 0;

export type StatusClass = Exclude<(typeof STATUS_CLASSES)[number], 'other'>;

/** The durations of one route, by status class. */
export class RouteDuration {
  /** By first digit of the status code; a class appears with its first answer. */
  private readonly classes: (HistogramSeries | undefined)[] = STATUS_CLASSES.map(() => undefined);

  constructor(
    private readonly route: string,
    private readonly bounds: Bounds,
  ) {}

  observe(statusCode: number, seconds: number): void {
    const digit = Math.trunc(statusCode / 100);
    const index = digit > 0 && digit < STATUS_CLASSES.length ? digit : OTHER;
    (this.classes[index] ?? this.add(index)).observe(seconds);
  }

  /** Exports the classes from now on, at zero until their first answer. */
  show(classes: readonly StatusClass[]): void {
    for (const name of classes) {
      const index = STATUS_CLASSES.indexOf(name);
      this.classes[index] ??= this.add(index);
    }
  }

  samples(name: string): Sample[] {
    return this.classes.flatMap((series) => series?.samples(name) ?? []);
  }

  private add(index: number): HistogramSeries {
    const labels = { route: this.route, status: STATUS_CLASSES[index] ?? 'other' };
    return (this.classes[index] = new HistogramSeries(this.bounds, labels));
  }
}

/** Durations of requests by labels `route` and `status` (`2xx`…`5xx`). */
export class RequestDuration implements Source {
  readonly type = 'histogram';
  private readonly routes = new Map<string, RouteDuration>();

  constructor(
    readonly name: string,
    readonly help: string,
    private readonly bounds: Bounds,
  ) {}

  /**
   * The series of one route; on a hot path look it up once and keep it.
   *
   * @param route A pattern, never a client's address: routes are never removed.
   * @param shown Status classes to export at zero, so that Prometheus sees the first increase too.
   */
  route(route: string, shown: readonly StatusClass[] = []): RouteDuration {
    let durations = this.routes.get(route);
    if (durations === undefined) this.routes.set(route, (durations = new RouteDuration(route, this.bounds)));
    durations.show(shown);
    return durations;
  }

  samples(): Sample[] {
    return [...this.routes.values()].flatMap((durations) => durations.samples(this.name));
  }
}
