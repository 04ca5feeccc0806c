import { Component, type ReactNode } from 'react';
import { SpokenContext } from '../text/index.ts';
import { Button } from '../ui/Button.tsx';
import { Empty } from '../ui/notes.tsx';

/** What is shown after a fault of the page, or when a part of it cannot be loaded any more as there is a newer version. */
export class Broken extends Component<{ children: ReactNode }, { error?: Error }> {
  static override contextType = SpokenContext;
  declare context: React.ContextType<typeof SpokenContext>;
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const { texts } = this.context;
    return (
      <Empty icon="warn" title={texts.errors.other as string} text={error.message}>
        <Button kind="main" onClick={() => location.reload()}>
          {texts.status.reload}
        </Button>
      </Empty>
    );
  }
}
