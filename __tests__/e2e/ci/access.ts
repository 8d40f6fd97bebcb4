import { AuthorizationV1Api } from '@kubernetes/client-node';
import { ciAccount, type CiBuilder } from '../../../contracts/ci';
import { NAMESPACE } from '../../../contracts/namespaces';
import { BUILDER_ACCESS } from '../../../stacks/ci/builder-access';
import { platform } from '../support/cluster';

/** What the API server is asked about, for every builder, namespace and verb: all that the matrix names, and worse. */
const RESOURCES = [
  ...['/configmaps', '/secrets', '/services', '/pods', '/pods/exec', '/pods/proxy', '/serviceaccounts'],
  ...['apps/deployments', 'apps/statefulsets', 'batch/jobs', 'batch/cronjobs', 'coordination.k8s.io/leases'],
  ...['networking.k8s.io/networkpolicies', 'rbac.authorization.k8s.io/roles'],
  'rbac.authorization.k8s.io/rolebindings',
];
const VERBS = ['get', 'create', 'update', 'delete'] as const;

interface Question {
  readonly namespace: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly verb: (typeof VERBS)[number];
  /** Of a single object; empty for all. */
  readonly name: string;
}

/** Where the API server allows a builder more, or less, than the matrix says; and how many questions were asked. */
export async function differencesFromMatrix(
  builder: CiBuilder,
): Promise<{ readonly asked: number; readonly wrong: readonly string[] }> {
  const api = platform().kubernetes().config.makeApiClient(AuthorizationV1Api);
  const questions = everyQuestion(builder);
  const wrong: string[] = [];
  // A few at a time: the node has two cores.
  for (let start = 0; start < questions.length; start += 20) {
    await Promise.all(
      questions.slice(start, start + 20).map(async (question) => {
        const { status } = await api.createSubjectAccessReview({
          body: {
            spec: {
              user: `system:serviceaccount:${NAMESPACE.ci}:${ciAccount(builder)}`,
              resourceAttributes: question,
            },
          },
        });
        const wanted = isInMatrix(builder, question);
        if (status?.allowed === wanted) return;
        const { namespace, group, resource, subresource, verb, name } = question;
        wrong.push(
          `${builder} ${wanted ? 'may not' : 'may'} ${verb} ${group}/${resource}/${subresource} ${name} in ${namespace}`,
        );
      }),
    );
  }
  return { asked: questions.length, wrong };
}

function everyQuestion(builder: CiBuilder): readonly Question[] {
  const namespaces = [...Object.values(NAMESPACE), 'kube-system'];
  return namespaces.flatMap((namespace) =>
    RESOURCES.flatMap((path) => {
      const [group = '', resource = '', subresource = ''] = path.split('/');
      const named = (BUILDER_ACCESS[builder][namespace] ?? []).flatMap(
        ({ resourceNames = [] }) => resourceNames,
      );
      return VERBS.flatMap((verb) =>
        ['', ...named].map((name) => ({ namespace, group, resource, subresource, verb, name })),
      );
    }),
  );
}

function isInMatrix(builder: CiBuilder, question: Question): boolean {
  const { namespace, group, resource, subresource, verb, name } = question;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  return (BUILDER_ACCESS[builder][namespace] ?? []).some(
    (rule) =>
      rule.apiGroups.includes(group) &&
      rule.resources.includes(path) &&
      rule.verbs.includes(verb) &&
      (rule.resourceNames?.includes(name) ?? true),
  );
}
