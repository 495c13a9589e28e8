'use client';
import { useEffect } from 'react';
import { render } from '../../consumer/server.js';

export default function Page() {
  useEffect(() => {
    render().then((text) => {
      globalThis.outcome = JSON.parse(text);
    });
  }, []);
  return <p>client</p>;
}
