import { describe, expect, it } from '@jest/globals';
import { errors } from '../../../cli/src/errors';
import { toUserError, warningInWords } from '../../../cli/src/releases/words';
import { RolloutError, RolloutFailed, type Aftermath, type Failure } from '../../../rollout/failures';

describe('a failure', () => {
  it.each<[Failure, number]>([
    [{ kind: 'claimed', model: 'fraud', holder: 'bob@ci', since: 'then' }, 6],
    [{ kind: 'changed', model: 'fraud', change: 'bob did' }, 6],
    [{ kind: 'alreadyServing', model: 'fraud', version: '2' }, 4],
    [{ kind: 'noChampion', model: 'fraud', version: '2' }, 4],
    [{ kind: 'canaryRunning', model: 'fraud', version: '2' }, 6],
    [
      {
        kind: 'refusedByLog',
        model: 'fraud',
        version: '2',
        champion: '1',
        judgement: { verdict: 'worse', gates: [] },
        why: 'all',
      },
      1,
    ],
    [{ kind: 'nothingToRollBackTo', model: 'fraud' }, 4],
    [{ kind: 'neverDeployed', model: 'fraud', version: '2', deployed: [] }, 4],
    [{ kind: 'listInvalid', reason: 'no JSON' }, 6],
  ])('%j ends with %d', (failure, exitCode) => {
    expect(toUserError(new RolloutError(failure))).toMatchObject({ exitCode });
  });

  it('of the second command names the first', () => {
    const failure: Failure = {
      kind: 'claimed',
      model: 'fraud',
      holder: 'bob@ci (mlops deploy fraud@3, process 9)',
      since: '2026-01-01T12:00:00.000Z',
    };
    expect(String(toUserError(new RolloutError(failure)))).toMatchInlineSnapshot(`
     "UserError: Another command is changing fraud.
       got:      bob@ci (mlops deploy fraud@3, process 9), since 2026-01-01T12:00:00.000Z
       expected: no other command running on this model
       fix:      Nothing was changed. Wait until it finishes, check \`mlops status\`, then decide again."
    `);
  });
});

describe('a failed rollout', () => {
  const cause = errors.gatewayNotSwitched('fraud', '3', 60, 'gateway-a: no answer');
  const now = (aftermath: Aftermath) =>
    (toUserError(new RolloutFailed(cause, aftermath)) as { problem: { now?: string } }).problem.now;

  it('keeps its cause and exit code, and states the outcome', () => {
    const error = toUserError(new RolloutFailed(cause, { kind: 'undone', serving: '2' }));
    expect(error).toMatchObject({ exitCode: 5 });
    expect(String(error)).toMatchInlineSnapshot(`
     "UserError: The gateway did not apply the new weights for fraud within 60 s.
       got:      gateway-a: no answer
       expected: all gateway pods sending traffic to version 3
       now:      the previous releases were restored: version 2 serves
       fix:      Check \`mlops status\` and the gateway's log in namespace mlops-serving."
    `);
  });

  it.each<[Aftermath, RegExp]>([
    [{ kind: 'unchanged' }, /^nothing was changed$/],
    [{ kind: 'sameReleases' }, /^the release list is as it was$/],
    [{ kind: 'undone', serving: undefined }, /restored: nothing serves/],
    [{ kind: 'undoFailed', reason: 'no API' }, /could not be restored \(no API\)/],
    [{ kind: 'leftToOthers' }, /its changes were kept/],
    [{ kind: 'unfinished' }, /next `mlops` command/],
    [{ kind: 'kept', version: '1', left: '2' }, /version 2 was not restored/],
  ])('says after %j', (aftermath, words) => {
    expect(now(aftermath)).toMatch(words);
  });

  it('does not claim that nothing was changed when a component is down', () => {
    const text = String(errors.unavailable('MLflow', 'http://127.0.0.1:5000', 'refused'));
    expect(text.toLowerCase()).not.toContain('nothing was changed');
  });

  it('with an unexpected error shows its reason', () => {
    const error = toUserError(new RolloutFailed(new Error('boom'), { kind: 'undoFailed', reason: 'no API' }));
    expect(error).toMatchObject({ exitCode: 1, problem: { got: 'boom' } });
  });
});

it('a warning says what will happen, not that something failed', () => {
  expect(
    warningInWords('fraud', { kind: 'aliasBehind', version: '1', reason: 'MLflow does not answer.' }),
  ).toMatchInlineSnapshot(
    `"MLflow's champion alias of fraud does not point to version 1 yet (MLflow does not answer.); the next \`mlops\` command that changes fraud sets it."`,
  );
});
