import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import { qualityModels } from '../../../stacks/shared/quality-models';
import { errors } from '../errors';
import { LabelsService } from '../labels/labels-service';
import { runSteps } from '../render/steps';
import { describeTraffic } from '../render/traffic';
import { login, modelSettings, openSession, withEndpoint } from '../session';
import { asker } from '../traffic/ask';
import { planOf, type TrafficOptions } from '../traffic/plan';
import { replay, type Replayed } from '../traffic/replay';
import { fileRows, type Row } from '../traffic/rows';
import { sourceRows } from '../traffic/source-rows';

/** Requests without an answer at once: more than the gateway and its replicas work on, far less than harms them. */
const MOST_IN_FLIGHT = 256;

/** Replays rows as live requests through the gateway, and brings their labels late. */
export async function traffic(signal: AbortSignal, model: string, options: TrafficOptions): Promise<void> {
  const session = openSession(signal);
  const { path } = modelSettings(session, model);
  const labelDays = qualityModels(session.config).find(({ name }) => name === model)?.labelDays ?? 0;
  const plan = planOf(options, labelDays, new Date());
  const { rate, seconds, labelDelay, period } = plan;
  const rows: AsyncIterable<Row> =
    options.file === undefined
      ? sourceRows({
          ...period,
          root: session.config.paths.root,
          model,
          folder: path,
          most: plan.requests,
          signal,
        })
      : fileRows(options.file);
  const { password } = await login(session, SERVICE.quality.title, {
    namespace: NAMESPACE.registry,
    name: SECRET.labels,
  });
  let replayed: Replayed | undefined;
  const run = (report: (line: string) => void) =>
    withEndpoint(session, 'gateway', async (address) => {
      const service = new LabelsService({ address, password, model, signal });
      for (const line of plan.notes) report(line);
      replayed = await replay({
        rows,
        rate,
        seconds,
        labelDelay,
        mostInFlight: MOST_IN_FLIGHT,
        ask: asker(address, model),
        sendLabels: async (labels) => (await service.send(labels)).accepted,
        signal,
        report,
      });
    });
  const from = options.file ?? `${period.from} up to ${period.to}`;
  if (options.json === true) await run(() => undefined);
  else await runSteps([{ title: `Replay ${model}: ${from}`, run }]);
  if (replayed === undefined) return;
  console.log(
    options.json === true
      ? JSON.stringify({ model, rate, label_delay_seconds: labelDelay, ...replayed }, null, 2)
      : describeTraffic(model, replayed),
  );
  if (signal.aborted) throw errors.interrupted();
  if (replayed.predictions === 0) throw errors.trafficUnanswered(model, replayed.answers);
}
