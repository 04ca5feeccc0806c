import { Button } from 'chat-app/ui/Button.tsx';
import { Component, type ReactNode } from 'react';
import { Notice } from './Notice.tsx';

/** What is shown after a fault of the page. */
export class Broken extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main className="grid min-h-dvh place-items-center">
        <Notice icon="warn" title="This page has a fault" text={`Load it again, and nothing that was sent is lost. (${error.message})`}>
          <Button kind="main" onClick={() => location.reload()}>
            Load the page again
          </Button>
        </Notice>
      </main>
    );
  }
}
