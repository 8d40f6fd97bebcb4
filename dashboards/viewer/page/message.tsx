import { Component, type ReactNode } from 'react';

/** Shown in a panel instead of a drawing. Browser tests read `state`. */
export function Message({
  state,
  children,
}: {
  state: 'empty' | 'failed' | 'unsupported';
  children: ReactNode;
}) {
  return (
    <div className="message" data-state={state}>
      {children}
    </div>
  );
}

interface BoundaryProps {
  /** Changing it retries. */
  attempt: unknown;
  children: ReactNode;
}

/** Confines a rendering error to its panel. */
export class Boundary extends Component<BoundaryProps, { error?: Error; attempt?: unknown }> {
  state: { error?: Error; attempt?: unknown } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  static getDerivedStateFromProps({ attempt }: BoundaryProps, state: { attempt?: unknown }) {
    return attempt === state.attempt ? null : { error: undefined, attempt };
  }

  render() {
    const { error } = this.state;
    return error ? <Message state="failed">{error.message}</Message> : this.props.children;
  }
}
