import { Component, type ComponentChildren } from 'preact';
import { faultOfThePage } from '../api/problem.ts';
import { ProblemNote } from './problem-note.tsx';

interface PartBoundaryProps {
  /** What the part shows, such as `body`. */
  readonly what: string;
  /** What it is made from. If that changes after a failure, the part is rendered again. */
  readonly value: unknown;
  readonly children: ComponentChildren;
}

interface Failure {
  readonly error: unknown;
  readonly value: unknown;
}

/** Shows the error when a part of a page fails. Otherwise the whole page would. */
export class PartBoundary extends Component<PartBoundaryProps, { readonly failure?: Failure }> {
  override state: { readonly failure?: Failure } = {};

  override componentDidCatch(error: unknown): void {
    this.setState({ failure: { error, value: this.props.value } });
  }

  render() {
    const { what, value, children } = this.props;
    const { failure } = this.state;
    if (!failure || failure.value !== value) return children;
    return <ProblemNote problem={faultOfThePage(failure.error, `The ${what} can’t be shown`)} />;
  }
}
