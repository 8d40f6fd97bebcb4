import { originInWords, originOf } from '../recorder/origin';
import { RESULTS, table, writeResult } from '../recorder/results';

/** What pytest counted. */
export interface Counts {
  readonly tests: number;
  /** Failed or could not run. */
  readonly failures: number;
  readonly skipped: number;
  readonly seconds: number;
}

const AIMS: Readonly<Record<string, string>> = { failures: '0', skipped: '0' };

/** Reads a JUnit report. @throws {Error} where it is none. */
export function countTests(xml: string): Counts {
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0];
  if (suite === undefined) throw new Error(`pytest wrote no JUnit report: ${xml.slice(0, 200)}`);
  const number = (name: string): number => {
    const value = new RegExp(` ${name}="([\\d.]+)"`).exec(suite)?.[1];
    if (value === undefined) throw new Error(`the JUnit report has no ${name}: ${suite}`);
    return Number(value);
  };
  return {
    tests: number('tests'),
    failures: number('failures') + number('errors'),
    skipped: number('skipped'),
    seconds: Math.round(number('time')),
  };
}

/** Records a run in model-server-conformance.{json,md}. */
export function record(counts: Counts, folder = RESULTS): void {
  const origin = originOf('make conformance');
  const rows = Object.entries(counts).map(([name, value]: [string, number]) => [
    name,
    value,
    AIMS[name] ?? '–',
  ]);
  const page = `# The model server against Triton's own clients

${originInWords(origin)}

${table(['figure', 'value', 'aim'], rows)}

The official clients, over HTTP and gRPC, plain and with asyncio, send every datatype as JSON, binary and typed tensors;
each answer must equal that of ONNX Runtime in Python.
`;
  writeResult('model-server-conformance', { ...origin, ...counts, aims: AIMS }, page, folder);
}
