import { parser } from '@prometheus-io/lezer-promql';

/** Values for what Grafana fills in, so that the text is PromQL. */
function withoutVariables(expr: string): string {
  return expr.replace(/\$__rate_interval|\$__range/g, '5m').replace(/\$\w+/g, 'x');
}

/** Names of all series that an expression reads. @throws where it is not PromQL */
export function metricNames(expr: string): ReadonlySet<string> {
  const text = withoutVariables(expr);
  const names = new Set<string>();
  parser.parse(text).iterate({
    enter: ({ name, from, to, type, node }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${text}`);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') names.add(text.slice(from, to));
    },
  });
  return names;
}
