import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { RequestError } from '../errors';
import { isUnread } from './body';
import type { Gauge } from '../metrics/counters';

export interface RequestLimits {
  /** Requests under way on one connection. */
  readonly maxRequestsPerConnection: number;
  /** Requests under way in all. */
  readonly maxRequests: number;
}

/** What to do with a request: answer it, refuse it, or drop it, as its connection was refused before. */
export type Verdict = 'answer' | 'drop' | RequestError;

interface Connection {
  /** Requests received and neither answered nor dropped with the connection. */
  underWay: number;
  /** Whether nothing more is answered. */
  refused: boolean;
  /** The last one, whose body may still come. */
  last: ServerResponse | undefined;
  /** Called after each answer. */
  onAnswer: (() => void) | undefined;
}

/** Where a connection's state is kept: a map would be looked up for every request. */
const STATE = Symbol('requests under way');
const COUNTED = Symbol('counted');

type Tracked = Socket & { [STATE]?: Connection };
/** `_last`: whether the connection ends with this answer, as Node itself asks before it closes. Not in its types. */
type Counted = ServerResponse & { [COUNTED]?: true; readonly _last?: boolean };

/**
 * Counts the requests under way and bounds them: Node hands over every request of a pipeline at once, and each takes
 * kilobytes until it is answered. The gauge returns to zero whatever clients do: Node closes the answers that wait behind
 * another one without an event, so a connection's end settles all that it had.
 */
export class Connections {
  /** Those with more than one request under way. */
  private readonly pipelines = new Map<Connection, Tracked>();
  private total = 0;

  constructor(
    private readonly limits: RequestLimits,
    private readonly inFlight: Gauge,
  ) {}

  /** Counts a request until its answer or its connection ends; again for the same request, does nothing. */
  begin({ socket }: IncomingMessage, response: Counted): Verdict {
    if (response[COUNTED] === true) return 'answer';
    response[COUNTED] = true;
    const connection = (socket as Tracked)[STATE] ?? this.track(socket);
    this.add(connection, 1);
    connection.last = response;
    response.on('close', () => {
      // Node gives what still arrives its turn, out of turn, and then fails an assertion that ends the process.
      if (response._last === true) connection.refused = true;
      if (connection.underWay === 0) return;
      this.add(connection, -1);
      if (connection.underWay === 1) this.pipelines.delete(connection);
      connection.onAnswer?.();
    });
    if (connection.underWay === 1 && this.total <= this.limits.maxRequests) return 'answer';
    return this.judge(connection, socket);
  }

  /**
   * Calls back once the requests before the one that is still coming in are answered. Not at all if the connection ends,
   * or if that one has its answer already: then ends the connection.
   */
  afterAnswers(socket: Tracked, callback: () => void): void {
    const connection = socket[STATE];
    if (connection === undefined) {
      callback();
      return;
    }
    connection.refused = true;
    const check = (): void => {
      const { last, underWay } = connection;
      const coming = underWay > 0 && last !== undefined && isUnread(last.req);
      if (underWay > (coming ? 1 : 0)) return;
      connection.onAnswer = undefined;
      if (coming && last.headersSent) socket.end();
      else callback();
    };
    connection.onAnswer = check;
    check();
  }

  private judge(connection: Connection, socket: Tracked): Verdict {
    const { maxRequestsPerConnection, maxRequests } = this.limits;
    if (connection.underWay > 1) this.pipelines.set(connection, socket);
    if (connection.refused) {
      if (this.total > maxRequests) this.cutLongest();
      return 'drop';
    }
    if (connection.underWay > maxRequestsPerConnection) {
      connection.refused = true;
      return tooMany(
        'requests on this connection',
        maxRequestsPerConnection,
        'Read answers before you ask more.',
      );
    }
    if (this.total <= maxRequests || this.cutLongest()) return socket.destroyed ? 'drop' : 'answer';
    return tooMany('requests', maxRequests, 'Send the request again a second later.');
  }

  private track(socket: Tracked): Connection {
    const connection: Connection = { underWay: 0, refused: false, last: undefined, onAnswer: undefined };
    socket[STATE] = connection;
    socket.once('close', () => {
      this.pipelines.delete(connection);
      this.add(connection, -connection.underWay);
    });
    return connection;
  }

  /** Whether there was a pipeline to cut. */
  private cutLongest(): boolean {
    let longest: Connection | undefined;
    for (const each of this.pipelines.keys()) if (each.underWay > (longest?.underWay ?? 1)) longest = each;
    if (longest === undefined) return false;
    this.pipelines.get(longest)?.destroy();
    this.pipelines.delete(longest);
    this.add(longest, -longest.underWay);
    longest.refused = true;
    return true;
  }

  private add(connection: Connection, requests: number): void {
    connection.underWay += requests;
    this.total += requests;
    this.inFlight.inc(requests);
  }
}

function tooMany(what: string, limit: number, fix: string): RequestError {
  return new RequestError(503, 'overloaded', {
    what: 'the server has too much to do',
    got: `more than ${limit} ${what}`,
    expected: `at most ${limit} that wait for an answer`,
    fix,
  });
}
