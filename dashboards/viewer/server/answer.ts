import type { ServerResponse } from 'node:http';

// Inline styles are for @grafana/ui; everything else must come from this server.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every response. */
export function protect(response: ServerResponse): void {
  response.setHeader('content-security-policy', POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('cache-control', 'no-store');
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  text(response, status, 'application/json', JSON.stringify(body));
}

export function text(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** An error in Prometheus's format, which the page shows in the panel. */
export function refuse(response: ServerResponse, status: number, errorType: string, error: string): void {
  json(response, status, { status: 'error', errorType, error });
}
