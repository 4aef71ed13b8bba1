export function App() {
  return <main>a8n</main>;
}
