import { type DataFrame, type GrafanaTheme2, LoadingState, rangeUtil } from '@grafana/data';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { applyFields, transform } from './fields';
import type { Scope } from './interpolate';
import type { PlacedPanel } from './layout';
import { runTarget } from './prometheus/run-target';

/** How far below the viewport a panel starts loading. */
const AHEAD = '300px';

/** Whether an element is in or near the viewport. */
export function useNear(element: RefObject<HTMLElement | null>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        setNear(entry.isIntersecting);
      },
      { rootMargin: AHEAD },
    );
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return near;
}

interface Loaded {
  state: LoadingState;
  raw?: DataFrame[];
  error?: string;
  /** The scope of the frames. */
  scope?: Scope;
}

export interface PanelData extends Loaded {
  frames: DataFrame[];
  local: Scope;
}

/** The frames of a panel; only queried while it is near the viewport. */
export function usePanelData(
  panel: PlacedPanel,
  scope: Scope,
  width: number,
  near: boolean,
  hidden: string[],
  theme: GrafanaTheme2,
): PanelData {
  const [loaded, setLoaded] = useState<Loaded>({ state: LoadingState.NotStarted });
  const answered = useRef<Scope | undefined>(undefined);
  const local = useMemo((): Scope => {
    const range = panel.timeFrom
      ? rangeUtil.convertRawToRange({ from: `now-${panel.timeFrom}`, to: 'now' })
      : scope.range;
    return { ...scope, range, repeated: panel.repeated };
  }, [scope, panel]);
  // A new panel width applies at the next refresh.
  useEffect(() => {
    if (!near || panel.type === 'text' || answered.current === local) return;
    const abort = new AbortController();
    setLoaded((last) => ({ ...last, state: LoadingState.Loading }));
    load(panel, local, width, abort.signal).then(
      (result) => {
        if (abort.signal.aborted) return;
        answered.current = local;
        setLoaded({ state: LoadingState.Done, scope: local, ...result });
      },
      (error: Error) => {
        if (abort.signal.aborted) return;
        answered.current = local;
        setLoaded((last) => ({ ...last, state: LoadingState.Error, error: error.message }));
      },
    );
    return () => abort.abort();
  }, [local, near]);
  const frames = useMemo(
    () => (loaded.raw ? applyFields(panel, loaded.raw, hidden, theme, loaded.scope!) : []),
    [loaded.raw, hidden, theme],
  );
  return { ...loaded, frames, local };
}

async function load(panel: PlacedPanel, scope: Scope, width: number, signal: AbortSignal) {
  const targets = (panel.targets ?? []).filter(({ hide }) => !hide);
  for (const { datasource } of targets) {
    const type = (datasource ?? panel.datasource)?.type;
    if (type && type !== 'prometheus') throw new Error(`Data source "${type}" is not supported here`);
  }
  const results = await Promise.all(
    targets.map((target) =>
      runTarget(target, scope, {
        points: panel.maxDataPoints ?? width,
        many: targets.length > 1,
        minInterval: panel.interval,
        signal,
      }),
    ),
  );
  const raw = await transform(
    panel,
    results.flatMap(({ frames }) => frames),
    scope,
  );
  const [warning] = results.flatMap(({ warnings }) => warnings);
  return { raw, error: warning as string | undefined };
}
