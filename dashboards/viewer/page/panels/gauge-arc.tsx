import { type FieldDisplay, formattedValueToString, type GrafanaTheme2, ThresholdsMode } from '@grafana/data';

interface Props {
  value: FieldDisplay;
  width: number;
  height: number;
  theme: GrafanaTheme2;
  /** Whether the thresholds are drawn around the arc. */
  markers: boolean;
  onClick?: (event: any) => void;
}

// Degrees; the arc is open at the bottom.
const START = -210;
const SWEEP = 240;

/** A gauge: @grafana/ui 13 exports none. */
export function GaugeArc({ value, width, height, theme, markers, onClick }: Props) {
  const { title, numeric } = value.display;
  const text = formattedValueToString(value.display);
  const radius = Math.max(10, Math.min(width / 2, (height - (title ? 22 : 0)) / 1.75) - 6);
  const center = { x: width / 2, y: radius + 6 };
  const thickness = radius * 0.24;
  const inner = markers ? radius - 7 - thickness / 2 : radius - thickness / 2;
  const min = value.field.min ?? 0;
  const max = value.field.max ?? 100;
  const share = (at: number) => Math.max(0, Math.min(1, (at - min) / (max - min)));
  const { mode, steps = [] } = value.field.thresholds ?? {};
  const absolute = (at: number) => (mode === ThresholdsMode.Percentage ? min + (at / 100) * (max - min) : at);
  const color = value.display.color ?? theme.colors.primary.main;
  const arc = { center, theme };
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`${title ?? ''} ${text}`}
      onClick={onClick}
      style={{ cursor: onClick ? 'pointer' : undefined }}
    >
      {markers &&
        steps.map((step, i) => {
          const from = i > 0 ? share(absolute(step.value)) : 0;
          const to = i + 1 < steps.length ? share(absolute(steps[i + 1].value)) : 1;
          const stroke = theme.visualization.getColorByName(step.color);
          return to > from ? (
            <Arc key={i} {...arc} from={from} to={to} radius={radius - 2} width={4} color={stroke} />
          ) : null;
        })}
      <Arc
        {...arc}
        from={0}
        to={1}
        radius={inner}
        width={thickness}
        color={theme.colors.background.secondary}
      />
      {Number.isFinite(numeric) && share(numeric) > 0 && (
        <Arc {...arc} from={0} to={share(numeric)} radius={inner} width={thickness} color={color} />
      )}
      <text
        x={center.x}
        y={center.y + radius * 0.1}
        textAnchor="middle"
        fontSize={Math.min(radius * 0.42, (3 * (inner - thickness / 2)) / Math.max(3, text.length))}
        fontWeight={500}
        fill={value.display.color ?? theme.colors.text.primary}
      >
        {text}
      </text>
      {title && (
        <text x={center.x} y={height - 6} textAnchor="middle" fontSize={14} fill={theme.colors.text.primary}>
          {title}
        </text>
      )}
    </svg>
  );
}

function Arc(props: {
  center: { x: number; y: number };
  from: number;
  to: number;
  radius: number;
  width: number;
  color: string;
}) {
  const { center, from, to, radius, width, color } = props;
  const point = (share: number) => {
    const angle = ((START + SWEEP * share) * Math.PI) / 180;
    return `${center.x + radius * Math.cos(angle)} ${center.y + radius * Math.sin(angle)}`;
  };
  const large = (to - from) * SWEEP > 180 ? 1 : 0;
  return (
    <path
      d={`M${point(from)}A${radius} ${radius} 0 ${large} 1 ${point(to)}`}
      stroke={color}
      strokeWidth={width}
      fill="none"
    />
  );
}
