import { Dropdown, LinkButton, Menu, ToolbarButton } from '@grafana/ui';
import type { LinkJson } from './dashboard-json';
import { interpolate, type Scope } from './interpolate';

export interface Listed {
  uid: string;
  title: string;
  tags: string[];
  url: string;
}

interface Props {
  links: LinkJson[];
  dashboards: Listed[];
  scope: Scope;
}

/** A dashboard's links: to URLs, and to other dashboards by tag. */
export function DashboardLinks({ links, dashboards, scope }: Props) {
  return links.map((link) => {
    if (link.type !== 'dashboards') {
      return (
        <LinkButton
          key={link.title}
          size="sm"
          variant="secondary"
          icon="external-link-alt"
          href={address(link.url, link, scope)}
          target={link.targetBlank ? '_blank' : undefined}
        >
          {link.title}
        </LinkButton>
      );
    }
    const tagged = dashboards.filter(({ tags }) => (link.tags ?? []).every((tag) => tags.includes(tag)));
    const menu = (
      <Menu>
        {tagged.map(({ uid, title, url }) => (
          <Menu.Item key={uid} label={title} url={address(url, link, scope)} />
        ))}
      </Menu>
    );
    return (
      <Dropdown key={link.title} overlay={menu}>
        <ToolbarButton variant="canvas" isOpen={false}>
          {link.title}
        </ToolbarButton>
      </Dropdown>
    );
  });
}

function address(url: string, { keepTime, includeVars }: LinkJson, scope: Scope): string {
  const base = interpolate(url, scope, undefined, 'uriencode');
  const kept = [
    keepTime && interpolate('$__url_time_range', scope),
    includeVars && interpolate('$__all_variables', scope),
  ].filter(Boolean);
  return kept.length === 0 ? base : `${base}${base.includes('?') ? '&' : '?'}${kept.join('&')}`;
}
