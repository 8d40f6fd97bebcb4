import { AuthorizationV1Api } from '@kubernetes/client-node';
import { LEADER } from '../../../contracts/claims';
import { NAMESPACE } from '../../../contracts/namespaces';
import { RELEASE_LIST } from '../../../contracts/release-list';
import { timed } from '../../../rollout/kubernetes/timed';
import { ANSWER_SECONDS, api } from './cluster';

/** `verb group/resource/subresource name`: all that the controller may do in the serving namespace. */
const ALLOWED = new Set([
  `get /configmaps ${RELEASE_LIST.name}`,
  `update /configmaps ${RELEASE_LIST.name}`,
  'get coordination.k8s.io/leases ',
  `get coordination.k8s.io/leases ${LEADER.name}`,
  `get coordination.k8s.io/leases ${RELEASE_LIST.name}`,
  `update coordination.k8s.io/leases ${LEADER.name}`,
  ...['', LEADER.name, RELEASE_LIST.name].flatMap((name) => [
    `create coordination.k8s.io/leases ${name}`,
    `list /pods ${name}`,
    `get /pods/proxy ${name}`,
    `patch /pods/status ${name}`,
    `create /events ${name}`,
  ]),
]);

const RESOURCES = [
  ...[
    '/configmaps',
    '/secrets',
    '/services',
    '/pods',
    '/pods/exec',
    '/pods/proxy',
    '/pods/status',
    '/events',
  ],
  ...['/serviceaccounts', 'apps/deployments', 'batch/jobs', 'coordination.k8s.io/leases'],
  ...['networking.k8s.io/networkpolicies', 'rbac.authorization.k8s.io/roles'],
  'rbac.authorization.k8s.io/rolebindings',
];
const VERBS = ['get', 'list', 'create', 'update', 'patch', 'delete'] as const;

/** Where the API server allows the controller more, or less, than it needs. */
export async function controllerRights(): Promise<{
  readonly asked: number;
  readonly wrong: readonly string[];
}> {
  const reviews = timed(api().config.makeApiClient(AuthorizationV1Api), ANSWER_SECONDS);
  const questions = Object.values(NAMESPACE).flatMap((namespace) =>
    RESOURCES.flatMap((path) =>
      VERBS.flatMap((verb) =>
        ['', LEADER.name, RELEASE_LIST.name].map((name) => ({ namespace, path, verb, name })),
      ),
    ),
  );
  const wrong: string[] = [];
  for (let start = 0; start < questions.length; start += 20) {
    await Promise.all(
      questions.slice(start, start + 20).map(async ({ namespace, path, verb, name }) => {
        const [group = '', resource = '', subresource = ''] = path.split('/');
        const { status } = await reviews.createSubjectAccessReview({
          body: {
            spec: {
              user: `system:serviceaccount:${LEADER.namespace}:${LEADER.name}`,
              resourceAttributes: { namespace, group, resource, subresource, verb, name },
            },
          },
        });
        const wanted = namespace === LEADER.namespace && ALLOWED.has(`${verb} ${path} ${name}`);
        if ((status?.allowed ?? false) !== wanted)
          wrong.push(`${wanted ? 'may not' : 'may'} ${verb} ${path} ${name} in ${namespace}`);
      }),
    );
  }
  return { asked: questions.length, wrong };
}
