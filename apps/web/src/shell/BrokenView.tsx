import { Component, type ReactNode } from 'react';
import { StoppedPage } from '../entry/StoppedPage.tsx';

/** Shows a page with a way on where a view fails, instead of nothing. */
export class BrokenView extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <StoppedPage reason="broken" /> : this.props.children;
  }
}
