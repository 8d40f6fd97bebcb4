import { renderTextPanelMarkdown, textUtil } from '@grafana/data';
import { interpolate } from '../interpolate';
import type { PanelProps } from './panel-props';

/** Text as HTML, Markdown or code, sanitized. */
export function TextPanel({ panel, scope, height }: Pick<PanelProps, 'panel' | 'scope' | 'height'>) {
  const { content, mode } = panel.options ?? {};
  const text = interpolate(content, scope, undefined, 'html');
  const style = { height, overflow: 'auto' };
  if (mode === 'code') return <pre style={style}>{interpolate(content, scope)}</pre>;
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(text) : renderTextPanelMarkdown(text);
  return <div style={style} className="markdown-html" dangerouslySetInnerHTML={{ __html: html }} />;
}
