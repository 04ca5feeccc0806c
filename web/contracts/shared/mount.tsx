import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import '../style.css';
import { Broken } from './Broken.tsx';

/** Shows a page. */
export function mount(page: ReactNode): void {
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <Broken>
        <BrowserRouter>{page}</BrowserRouter>
      </Broken>
    </StrictMode>,
  );
}
