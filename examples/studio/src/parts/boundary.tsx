// Shows in words why a view failed, and keeps the rest of the page.
//
// Why: React removes the whole page if a part of it throws, with everything that was edited. A view throws if its script cannot be loaded,
// because the server was stopped or has another version of the page by now.

import { Component, type ReactNode } from 'react';
import { type Failure, failureOf } from '../failure.ts';
import { texts } from '../texts.ts';

interface Props {
  readonly children: ReactNode;
}

export class Boundary extends Component<Props, { readonly failure?: Failure }> {
  override state: { readonly failure?: Failure } = {};

  static getDerivedStateFromError(error: unknown) {
    return { failure: failureOf(error) };
  }

  override render() {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    return (
      <div className="failure" role="alert">
        <div>
          <strong>{texts.failed}</strong>
          <p>{failure.message}</p>
        </div>
        <button type="button" onClick={() => location.reload()}>
          {texts.reload}
        </button>
      </div>
    );
  }
}
