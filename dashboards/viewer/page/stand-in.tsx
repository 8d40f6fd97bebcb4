/** Says that this looks like Grafana but is not. */
export function StandIn() {
  return (
    <span
      className="stand-in"
      title="Grafana's server cannot be had from package registries. This read-only page shows the same dashboards with Grafana's Apache-2.0 libraries."
    >
      Stand-in for Grafana · read-only
    </span>
  );
}
