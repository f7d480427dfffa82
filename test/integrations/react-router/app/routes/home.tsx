import { useState } from 'react'
import { Link } from 'react-router'

export default function Home() {
  const [count, setCount] = useState(0)
  return (
    <main>
      <button type="button" onClick={() => setCount(count + 1)}>
        Clicked {count}
      </button>
      <Link to="/about">About</Link>
    </main>
  )
}
