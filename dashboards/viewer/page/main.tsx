import { createTheme, ThemeContext } from '@grafana/data';
import { Alert, GlobalStyles } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Dashboard } from './dashboard';
import type { DashboardJson } from './dashboard-json';
import type { Listed } from './links';
import { StandIn } from './stand-in';
import './page.css';
import { parameters, setParameters } from './url';

async function get(path: string): Promise<any> {
  const response = await fetch(path);
  if (response.ok) return response.json();
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.message ?? answer.error ?? `${path}: HTTP ${response.status}`);
}

function App() {
  const [mode, setMode] = useState<'dark' | 'light'>(
    parameters().get('theme') === 'light' ? 'light' : 'dark',
  );
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  const uid = /\/d\/([^/]+)/.exec(location.pathname)?.[1];
  const [dashboard, setDashboard] = useState<DashboardJson>();
  const [dashboards, setDashboards] = useState<Listed[]>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    const load = async () => {
      setDashboards(await get('api/search'));
      if (uid === undefined) return;
      const answer = await get(`api/dashboards/uid/${uid}`);
      document.title = `${answer.dashboard.title} – dashboards`;
      setDashboard(answer.dashboard);
    };
    load().catch((fault: Error) => setError(fault.message));
  }, [uid]);
  const onTheme = () => {
    const next = mode === 'dark' ? 'light' : 'dark';
    setParameters({ theme: next });
    setMode(next);
  };
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <style>{`body { background: ${theme.colors.background.canvas}; }`}</style>
      {error !== undefined && <Alert title={error} />}
      {dashboard && (
        <Dashboard dashboard={dashboard} dashboards={dashboards ?? []} theme={theme} onTheme={onTheme} />
      )}
      {uid === undefined && dashboards && <List dashboards={dashboards} />}
    </ThemeContext.Provider>
  );
}

function List({ dashboards }: { dashboards: Listed[] }) {
  return (
    <div className="page">
      <header>
        <h1>Dashboards</h1>
        <StandIn />
      </header>
      {dashboards.length === 0 && <p>There are none.</p>}
      <ul className="dashboards">
        {dashboards.map(({ uid, title, url }) => (
          <li key={uid}>
            <a href={url}>{title}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

createRoot(document.getElementById('root')!).render(<App />);
