// A component that is streamed later; a click shows that it was hydrated.
import { useState } from 'react'

export default function Offers() {
  const [count, setCount] = useState(0)
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      Clicked {count}
    </button>
  )
}
