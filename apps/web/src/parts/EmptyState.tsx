import type { ReactNode } from 'react';

interface EmptyStateProps {
  title: string;
  text: string;
  figure?: ReactNode;
  children?: ReactNode;
}

export function EmptyState({ title, text, figure, children }: EmptyStateProps) {
  return (
    <div className="emptyState">
      {figure}
      <h2>{title}</h2>
      <p>{text}</p>
      {children !== undefined && <div className="emptyState-actions">{children}</div>}
    </div>
  );
}
