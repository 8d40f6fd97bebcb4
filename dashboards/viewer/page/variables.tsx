import type { TimeRange } from '@grafana/data';
import { Input, MultiSelect, Select } from '@grafana/ui';
import type { DashboardJson, VariableJson } from './dashboard-json';
import type { Variables, VariableValue } from './interpolate';
import { variableOptions } from './prometheus/variable-options';
import { parameters } from './url';

const ALL = '$__all';
const HIDE_LABEL = 1;
const HIDE = 2;

export interface Resolved {
  variables: Variables;
  errors: string[];
}

/** Options and values of a dashboard's variables, in order: later ones may use earlier ones. */
export async function resolveVariables(
  dashboard: DashboardJson,
  range: TimeRange,
  timeZone: string,
  previous: Variables,
): Promise<Resolved> {
  const variables: Variables = {};
  const errors: string[] = [];
  for (const variable of dashboard.templating?.list ?? []) {
    let options: string[] = [];
    try {
      options = await optionsOf(variable, { variables, range, timeZone });
    } catch (error) {
      errors.push(`Variable ${variable.name}: ${(error as Error).message}`);
    }
    variables[variable.name] = valueOf(variable, options, previous[variable.name]);
  }
  return { variables, errors };
}

async function optionsOf(
  variable: VariableJson,
  scope: Parameters<typeof variableOptions>[1],
): Promise<string[]> {
  const text = typeof variable.query === 'string' ? variable.query : '';
  switch (variable.type) {
    case 'query':
      return variableOptions(variable, scope);
    case 'custom':
    case 'interval':
      return text
        .split(',')
        .map((option) => option.trim())
        .filter(Boolean);
    case 'constant':
    case 'textbox':
      return [text];
    case 'datasource':
      return ['prometheus'];
    default:
      throw new Error(`variables of type "${variable.type}" are not supported here`);
  }
}

/** The value in the address, else the one before, else the saved one, else the first option. */
function valueOf(
  variable: VariableJson,
  options: string[],
  previous: VariableValue | undefined,
): VariableValue {
  const inAddress = parameters().getAll(`var-${variable.name}`);
  const before = previous && (previous.all ? [ALL] : [previous.value].flat());
  const saved = [variable.current?.value ?? []].flat();
  let wanted = (inAddress.length > 0 ? inAddress : (before ?? saved)).filter((value) => value !== '');
  const all = variable.includeAll === true && wanted.some((value) => value === ALL || value === 'All');
  if (!all && variable.type === 'query' && inAddress.length === 0)
    wanted = wanted.filter((value) => options.includes(value));
  if (wanted.length === 0) wanted = options.slice(0, 1);
  return {
    value: variable.multi ? wanted : (wanted[0] ?? ''),
    multi: variable.multi === true || variable.includeAll === true,
    all,
    allValue: variable.allValue || undefined,
    options,
    text: all ? 'All' : wanted.join(' + '),
  };
}

interface Props {
  list: VariableJson[];
  values: Variables;
  /** @param value as in the address */
  onChange: (name: string, value: string | string[]) => void;
}

export function VariableBar({ list, values, onChange }: Props) {
  return list
    .filter(({ name, hide }) => hide !== HIDE && values[name])
    .map((variable) => (
      <label key={variable.name} className="variable">
        {variable.hide !== HIDE_LABEL && <span>{variable.label || variable.name}</span>}
        <Control variable={variable} value={values[variable.name]} onChange={onChange} />
      </label>
    ));
}

function Control({
  variable: { name, label, type, multi, includeAll },
  value,
  onChange,
}: {
  variable: VariableJson;
  value: VariableValue;
  onChange: Props['onChange'];
}) {
  const title = label || name;
  if (type === 'textbox') {
    return (
      <Input
        width={20}
        aria-label={title}
        defaultValue={String(value.value)}
        onBlur={({ currentTarget }) => onChange(name, currentTarget.value)}
      />
    );
  }
  const options = [
    ...(includeAll ? [{ label: 'All', value: ALL }] : []),
    ...value.options.map((option) => ({ label: option, value: option })),
  ];
  if (multi) {
    return (
      <MultiSelect
        width="auto"
        aria-label={title}
        options={options}
        value={value.all ? [ALL] : [value.value].flat()}
        closeMenuOnSelect={false}
        onChange={(chosen) => {
          const picked = chosen.map((each) => each.value as string);
          const all = picked.length === 0 || picked[picked.length - 1] === ALL;
          onChange(name, all ? ALL : picked.filter((each) => each !== ALL));
        }}
      />
    );
  }
  return (
    <Select
      width="auto"
      aria-label={title}
      options={options}
      value={value.all ? ALL : String(value.value)}
      onChange={(chosen) => onChange(name, chosen.value as string)}
    />
  );
}
