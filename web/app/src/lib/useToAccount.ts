import { useChat } from 'chat-client/react';
import { useNavigate } from 'react-router';

/** The way from being a guest to an account: out, and to where one is made. */
export function useToAccount(): () => Promise<void> {
  const client = useChat();
  const navigate = useNavigate();
  return async () => {
    await client.logout();
    navigate('/register');
  };
}
