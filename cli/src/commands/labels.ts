import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import { errors } from '../errors';
import { describeImport, importLabels, type ImportResult } from '../labels/import-labels';
import { LabelsService } from '../labels/labels-service';
import { readLabels } from '../labels/read-labels';
import { runSteps } from '../render/steps';
import { login, modelSettings, openSession, withEndpoint, type Session } from '../session';

/** Sends the labels of a file to the labels service, through the gateway. */
export async function importFile(
  signal: AbortSignal,
  file: string,
  options: { model?: string; json?: boolean },
): Promise<void> {
  const session = openSession(signal);
  const model = options.model ?? onlyModel(session);
  modelSettings(session, model);
  const where = { namespace: NAMESPACE.registry, name: SECRET.labels };
  const { password } = await login(session, SERVICE.quality.title, where);
  let result: ImportResult | undefined;
  const work = (report: (line: string) => void) =>
    withEndpoint(session, 'gateway', async (address) => {
      const service = new LabelsService({ address, password, model, signal });
      result = await importLabels({ service, lines: readLabels(file), report, signal });
    });
  if (options.json === true) await work(() => undefined);
  else await runSteps([{ title: `Import labels of ${model} from ${file}`, run: work }]);
  if (result === undefined) return;
  console.log(
    options.json === true ? JSON.stringify({ model, ...result }, null, 2) : describeImport(model, result),
  );
  if (result.refused > 0) throw errors.labelLinesRefused(file, result.refused, result.stored);
}

/** @throws UserError modelNotNamed */
function onlyModel({ config }: Session): string {
  const names = Object.keys(config.models);
  const [only] = names;
  if (only === undefined || names.length > 1) throw errors.modelNotNamed(names);
  return only;
}
