import { deploy, heal, rollback, type Command } from '../../../rollout/engine';
import type { RolloutEvent, Warning } from '../../../rollout/events';
import { modelSettings, type Session } from '../session';
import type { Step } from '../render/steps';
import { errors } from '../errors';
import { portsOf } from './ports';
import { eventInWords, toUserError, warningInWords } from './words';

/** Splits MODEL@VERSION. @throws UserError malformedModelVersion */
export function parseModelVersion(text: string): { model: string; version: string } {
  const match = /^([a-z][a-z0-9-]*)@(\d+)$/.exec(text);
  if (!match) throw errors.malformedModelVersion(text);
  const [, model = '', version = ''] = match;
  return { model, version };
}

/** @throws UserError unknownModel */
export function deployStep(session: Session, model: string, version: string): Step {
  const text = `mlops deploy ${model}@${version}`;
  return rolloutStep(session, model, text, `Deploy ${model} version ${version}`, {
    work: (ports, command) => deploy(ports, command, version),
  });
}

/** @throws UserError unknownModel */
export function rollbackStep(session: Session, model: string, to?: string): Step {
  const text = `mlops rollback ${model}${to === undefined ? '' : ` --to ${to}`}`;
  return rolloutStep(session, model, text, `Roll ${model} back`, {
    work: (ports, command) => rollback(ports, command, to),
  });
}

/** Completes or removes what killed commands left of a model, and reconciles MLflow's alias. */
export function healStep(session: Session, model: string): Step {
  return rolloutStep(session, model, 'mlops up', `Finish interrupted work on ${model}`, { work: heal });
}

interface Work {
  readonly work: (ports: ReturnType<typeof portsOf>, command: Command) => Promise<readonly Warning[]>;
  /**
   * What the decision rests on.
   * @default the state before this process started
   */
  readonly since?: () => Date;
}

/** @throws UserError unknownModel */
export function rolloutStep(
  session: Session,
  model: string,
  text: string,
  title: string,
  { work, since = () => new Date(performance.timeOrigin) }: Work,
): Step {
  const { keep } = modelSettings(session, model);
  return {
    title,
    run: async (report) => {
      let outcome: string | undefined;
      const onEvent = (event: RolloutEvent) => {
        const line = eventInWords(model, event);
        if (line !== undefined) report(line);
        if (event.kind === 'switched') {
          outcome = `${model} version ${event.version} serves${event.from === undefined ? '' : `, after version ${event.from}`}`;
        }
      };
      const command: Command = {
        model,
        text,
        by: session.user,
        since: since(),
        keep,
        signal: session.signal,
        onEvent,
      };
      try {
        const warnings = await work(portsOf(session, report), command);
        const lines = warnings.map((warning) => `warning: ${warningInWords(model, warning)}`);
        return [outcome ?? title, ...lines].join('\n');
      } catch (error) {
        throw toUserError(error);
      }
    },
  };
}
