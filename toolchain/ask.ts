import { statusOf } from './web';

// A process, because asking is asynchronous and those who need the answer are not.
// usage: ask.ts MILLISECONDS ADDRESS…, prints a JSON list with the status of each, null where no answer came.
const [milliseconds, ...addresses] = process.argv.slice(2);
const statuses = await Promise.all(addresses.map((address) => statusOf(address, Number(milliseconds))));
process.stdout.write(JSON.stringify(statuses.map((status) => status ?? null)));
