// What is streamed after the rest; clicking shows that the browser has taken it over.
import { useState } from 'react'

export default function Offers() {
  const [count, setCount] = useState(0)
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      Clicked {count}
    </button>
  )
}
