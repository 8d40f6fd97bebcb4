/** How many requests the server itself says that it answered, by `2xx` … `5xx`. */
export async function answersByStatus(address: string): Promise<Readonly<Record<string, number>>> {
  const answer = await fetch(`${address}/metrics`);
  const counts: Record<string, number> = {};
  const series = /^model_server_request_duration_seconds_count\{[^}]*status="(\dxx)"[^}]*\} (\d+)$/gm;
  for (const [, status = '', count] of (await answer.text()).matchAll(series))
    counts[status] = (counts[status] ?? 0) + Number(count);
  return counts;
}
