import { expect, it } from '@jest/globals';
import { readSettings } from '../../../dashboards/viewer/server/settings';

const env = {
  PAGE: '/app/page',
  DASHBOARDS: '/dashboards',
  VIEWER_USERNAME: 'admin',
  VIEWER_PASSWORD: 'p',
  PROMETHEUS_URL: 'http://prometheus:9090',
  PROMETHEUS_USERNAME: 'prometheus',
  PROMETHEUS_PASSWORD: 'q',
};

it('listens on 3000 unless told otherwise', () => {
  expect(readSettings(env).port).toBe(3000);
  expect(readSettings({ ...env, PORT: '8080' }).port).toBe(8080);
});

it.each(Object.keys(env))('does not start without %s', (name) => {
  expect(() => readSettings({ ...env, [name]: '' })).toThrow(`${name} is not set. Set it to `);
});

it.each([
  ['PORT', 'http'],
  ['PORT', '70000'],
  ['PROMETHEUS_URL', 'prometheus:9090'],
  ['PROMETHEUS_URL', 'https://prometheus'],
])('says what %s should be instead of "%s"', (name, value) => {
  expect(() => readSettings({ ...env, [name]: value })).toThrow(`${name} is "${value}". Set it to `);
});
